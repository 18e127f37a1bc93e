"""The facets of a fake workbench that open something else: no root was named at start."""

import threading
from typing import Any

from core.errors import SettingsError
from core.types.corpus_report import CorpusReport
from core.types.pipelines import PipelineCheck, StageChoice, StepNeed, WrittenStage
from core.types.setting import ModelChoice, SettingCheck, SettingFacts, SettingWish, StoredSize

NO_ROOT = "Nothing can be changed here; start with --root FOLDER."


class FakeFolders:
    def choices(self) -> tuple[str, ...]:
        return ()


class FakeCorpus:
    """A report of a folder in which everything can be searched."""

    def __init__(self, info: Any) -> None:
        self._info = info

    def report(self) -> CorpusReport:
        info = self._info
        return CorpusReport(
            name=info.corpus_name,
            n_images=info.n_queries + info.n_database,
            n_queries=info.n_queries,
            n_database=info.n_database,
            n_searchable=info.n_database,
            n_unreadable=0,
            unreadable=(),
            n_duplicates=0,
            duplicates=(),
            left_out=(),
            is_complete=True,
            labels_from=info.labels_from,
            n_folders=0,
            folders=(),
        )


class FakePipelines:
    """One stage, and nothing else to choose."""

    refusal = NO_ROOT

    def __init__(self, info: Any) -> None:
        self.present = info.pipeline

    def choices(self) -> tuple[StageChoice, ...]:
        return (StageChoice("mllm", "mllm", "a margin", ("pixels",), True, "", False, ()),)

    def written(self, text: str) -> tuple[WrittenStage, ...]:
        return (WrittenStage("mllm", "", "20"),)

    def check(self, text: str) -> PipelineCheck:
        needs = (StepNeed("mllm", 20, 160, 160),)
        return PipelineCheck(text, needs, (), is_present=text == self.present)


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
