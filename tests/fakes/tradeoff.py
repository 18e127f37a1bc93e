"""The trade-off facet of the fake workbench."""

from core.exchange.tradeoff_csv import table_csv
from core.types.tradeoff import TradeoffChoice, TradeoffTable
from tests.tradeoffs import choice


class FakeTradeoff:
    """The trade-off facet; without a table until one is put in `shown`."""

    def __init__(self) -> None:
        self.shown: TradeoffTable | None = None
        self.told: str | None = "python app.py tradeoff --corpus 'my <photos>'"

    def choice(self, budget: float | None = None) -> TradeoffChoice | None:
        return None if self.shown is None else choice(budget, self.shown)

    def csv(self) -> str | None:
        return None if self.shown is None else table_csv(self.shown)

    def command(self) -> str | None:
        return self.told
