"""What is seen on every screen once it is drawn, over the eight drawn images."""

QUERY = "images/disc_q.png"
DRAWN = {
    "overview": "#sl-kpis .sl-tile-value",
    "queries": "#sl-flow .lines",
    "setup": "#sl-plan table",
    "pair": "#sl-pair-anatomy table",
    "perturb": "#sl-pt-bar .sl-pt-done",
    "failures": "#sl-fl-ledger section",
    f"annotate&queue=query:{QUERY}": ".sl-an-pair",
    "runs": "#sl-run-plot .points path",
}
"""By what is selected: a selector."""
