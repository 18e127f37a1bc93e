"""The facets of a fake workbench that open something else: no root was named at start."""

import threading
from typing import Any

from core.errors import SettingsError
from core.types.setting import ModelChoice, SettingCheck, SettingFacts, SettingWish, StoredSize

NO_ROOT = "Nothing can be changed here; start with --root FOLDER."


class FakeFolders:
    def choices(self) -> tuple[str, ...]:
        return ()


class FakeReopening:
    def __init__(self) -> None:
        self.switch = threading.Event()


class FakeSetting:
    """The present setting, and a refusal of every other."""

    def __init__(self, info: Any) -> None:
        self._info = info

    def present(self) -> SettingFacts:
        info = self._info
        return SettingFacts(
            "0123456789abcdef", info.model_name, info.prompt, info.layout, info.compression, NO_ROOT
        )

    def wish(self) -> SettingWish:
        info = self._info
        return SettingWish(":embedded", info.prompt, info.layout, info.compression)

    def models(self) -> tuple[ModelChoice, ...]:
        return ()

    def sizes(self) -> tuple[StoredSize, ...]:
        return ()

    def check(self, wish: SettingWish) -> SettingCheck:
        raise SettingsError(NO_ROOT)

    def request(self, wish: SettingWish) -> None:
        raise SettingsError(NO_ROOT)
