"""What the page does, from Python: run it from the checkout, or paste it into a notebook.

`python -m assets.examples.first_look [CORPUS [WORKSPACE [DEPTH]]]` evaluates a folder of photos
(the embedded demo without one) and prints what a first look at the page would tell: how much
re-ranking helps and how sure that is, the query that lost most and by whom, and where blur breaks
it.
"""

import sys
from pathlib import Path

from core.assembly.bench import open_workbench
from core.settings import load_settings
from core.types.orders import Fusion
from core.types.sweeps import SweepRequest


def main(corpus: Path | None = None, workspace: Path | None = None, depth: int = 50) -> None:
    """Evaluate, name the worst query, blur it, and write the report beside the workspace's data."""
    settings = load_settings(
        None, {"corpus": corpus, "workspace": workspace, "ranking.depth": depth}
    )
    bench = open_workbench(settings)
    try:
        for _ in bench.runs.build_index():
            pass
        for step in bench.runs.evaluate(depth):
            print(f"\r{step.done} of {step.total} {step.unit}", end="", file=sys.stderr)
        print(file=sys.stderr)
        report = bench.runs.latest()
        assert report is not None
        summary = report.summary
        print(f"mAP@{summary.k} {summary.map_before:.4f} -> {summary.map_after}")
        for change in summary.changes:
            print(f"{change.name}: {change.change}, {change.interval}, p {change.p_corrected}")

        worst = min(report.outcomes, key=lambda outcome: outcome.delta)
        view = bench.queries.inspect(worst.query_id, Fusion(depth, 0.0, 1.0))
        print(f"worst: {worst.query_id}, AP {worst.ap_before:.3f} -> {worst.ap_after:.3f}")
        for card in [card for card in view.after if card.intruder][:3]:
            print(f"  intruder {card.image_id}, margin {card.margin} nats")

        request = SweepRequest(worst.query_id, None, "blur")
        *_, curve = bench.robustness.sweep(request)
        print(f"its match with itself under blur: {curve.breaking_margin}")

        file = settings.workspace_path() / "first-look.html"
        bench.saved.save(file, "html", report.run_id)
        print(f"report: {file}")
    finally:
        bench.close()


if __name__ == "__main__":
    given = sys.argv[1:4]
    main(*map(Path, given[:2]), *map(int, given[2:]))
