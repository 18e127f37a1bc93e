"""Puts a first stage made elsewhere in the place of the one that is computed."""

from collections.abc import Callable
from dataclasses import replace

from core.assembly.models import Places, Weights
from core.errors import SettingsError
from core.exchange.importing_shortlists import database_digest
from core.retrieval.imported import ImportedDescriptor, ImportedShortlists, import_of
from core.settings import Settings
from core.storage.imports import ShortlistImports, VectorImport, VectorImports
from core.storage.tokens import DescriptorStore
from core.storage.workspace import Workspace
from core.types.corpus import Corpus

LoadWeights = Callable[[Settings, Places], Weights]
"""Loads what every second stage shares; called once, on first need."""


def vectors_of(settings: Settings, workspace: Workspace) -> VectorImport | None:
    """Return the import that is the descriptor, None where it is computed.

    Raises:
        SettingsError: There is none of this name, or a projection is to be applied to it.
    """
    name = import_of(settings.retrieval.descriptor)
    if name is None:
        return None
    if settings.retrieval.projection is not None:
        raise SettingsError(
            "A projection cannot be applied to imported vectors; apply it before you import them, "
            "and leave out --projection."
        )
    return VectorImports(workspace.vector_imports).get(name)


def lists_of(settings: Settings, workspace: Workspace, corpus: Corpus) -> ImportedShortlists | None:
    """Return the imported first-stage lists, None where the index is searched.

    Raises:
        SettingsError: `retrieval.shortlists` is no `import:NAME`, there is none of this name, or
            the corpus's images have changed.
        StaleIndexError: The lists are damaged.
    """
    given = settings.retrieval.shortlists
    if given is None:
        return None
    name = import_of(given)
    if name is None:
        raise SettingsError(
            f"Shortlists '{given[:80]}' are not known; write import:NAME, where NAME was given to "
            "`import --as shortlists`."
        )
    imports = ShortlistImports(workspace.shortlist_imports)
    return ImportedShortlists(imports.get(name), imports, corpus.database, database_digest(corpus))


def with_imports(settings: Settings, places: Places, load: LoadWeights) -> Weights:
    """Load the weights; where the descriptor is imported, its vectors stand in for the model's."""
    record = vectors_of(settings, places.workspace)
    if record is None:
        return load(settings, places)
    retrieval = settings.retrieval.model_copy(update={"descriptor": "mllm"})
    weights = load(settings.model_copy(update={"retrieval": retrieval}), places)
    descriptor = ImportedDescriptor(record)
    folder = places.workspace.descriptors(record.fingerprint)
    vectors = DescriptorStore(folder, record.fingerprint)
    damaged = replace(weights.damaged, descriptor=descriptor, store=vectors)
    return replace(weights, descriptor=descriptor, vectors=vectors, damaged=damaged)
