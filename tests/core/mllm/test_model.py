from dataclasses import replace


def test_fingerprint_changes_with_every_part_of_the_tower(tiny):
    others = [
        replace(tiny, weights_hash="0" * 64),
        replace(tiny, settings_hash="0" * 64),
        replace(tiny, dtype="bfloat16"),
        replace(tiny, processor_backend="torchvision"),
        replace(tiny, min_pixels=1),
        replace(tiny, max_pixels=84 * 84),
    ]
    prints = {tiny.tower_fingerprint, *(one.tower_fingerprint for one in others)}
    assert len(prints) == 7
    assert replace(tiny, name="elsewhere").tower_fingerprint == tiny.tower_fingerprint
