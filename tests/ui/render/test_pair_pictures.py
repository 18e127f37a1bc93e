"""Evidence maps on the page: what is noise is drawn and told as noise."""

import re

import numpy as np

from core.types.pairs import Evidence, PairEvidence
from ui.render.pair_pictures import render_evidence

NATS = np.array([[-0.2, 0.1], [1.5, np.nan]])
CLEAR = np.array([[0.3]])


def evidence(nats):
    rows, columns = nats.shape
    return Evidence(nats, np.linspace(0, 1, rows + 1), np.linspace(0, 1, columns + 1))


def test_a_plus_within_the_noise_is_marked_and_not_counted():
    html = render_evidence(PairEvidence(2.0, evidence(NATS), evidence(CLEAR), 5, 0.1))
    cells = re.findall(r'<rect [^>]*class="([^"]*)"[^>]*><title>([^<]*)</title>', html)
    assert cells == [
        ("sl-pair-against", "\N{MINUS SIGN}0.200 nats"),
        ("sl-pair-for sl-pair-noise", "+0.100 nats, within the noise of 0.200"),
        ("sl-pair-for", "+1.500 nats"),
        ("sl-pair-none", "no stored token"),
        ("sl-pair-for", "+0.300 nats"),
    ]
    assert "for yes +1.60 nats, of them +1.50 above the noise of 0.200" in html
    assert "for yes +0.30 nats, of them +0.30 above the noise of 0.000" in html
