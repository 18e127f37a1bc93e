"""What surrounds the views: facts of the run, and the sentence beside a server's model."""

from dataclasses import replace

from tests.fakes import FakeInfo
from ui.render.frame import render_facts


def test_the_sentence_about_a_servers_model_stands_beside_its_name_escaped():
    info = replace(FakeInfo(), model_note="The server scores <uncompressed> images.")
    assert '<p class="sl-sub">The server scores &lt;uncompressed&gt; images.</p>' in render_facts(
        info
    )


def test_a_local_model_needs_no_sentence():
    assert 'class="sl-sub"' not in render_facts(FakeInfo())
