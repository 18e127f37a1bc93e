"""The report of an opened folder in words: one line per fact, for the command and the page."""

from core.types.corpus_report import CorpusReport, LeftOut

DECIDE = "set folder_labels to yes or no to decide"


def report_lines(report: CorpusReport) -> tuple[str, ...]:
    """Return the report as lines: counts, what cannot be read, what is left out, the labels."""
    return (
        counts_line(report),
        *unreadable_lines(report),
        *tolerated_lines(report),
        *mask_lines(report),
        *duplicate_lines(report),
        *left_out_lines(report),
        labels_line(report),
    )


def counts_line(report: CorpusReport) -> str:
    """Return how many images there are, and how many of them can be searched."""
    return (
        f"{report.n_searchable:,} of {report.n_database:,} database images can be searched; "
        f"{report.n_images:,} images with the queries, {report.n_readable:,} readable"
    )


def unreadable_lines(report: CorpusReport) -> tuple[str, ...]:
    """Return a line per image that cannot be opened, and one for those not listed."""
    lines = [f"not readable: {one.image_id}: {one.reason}" for one in report.unreadable]
    return (*lines, *_rest("not readable", report.n_unreadable - len(lines)))


def tolerated_lines(report: CorpusReport) -> tuple[str, ...]:
    """Return a line per damaged image that is shown all the same, and one for those not listed."""
    lines = [f"damaged but shown: {one.image_id}: {one.reason}" for one in report.tolerated]
    return (*lines, *_rest("damaged but shown", report.n_tolerated - len(lines)))


def mask_lines(report: CorpusReport) -> tuple[str, ...]:
    """Return a line per image whose mask cannot be used, and one for those not listed."""
    lines = [f"mask not used: {one.image_id}: {one.reason}" for one in report.masks_unusable]
    return (*lines, *_rest("mask not used", report.n_masks_unusable - len(lines)))


def duplicate_lines(report: CorpusReport) -> tuple[str, ...]:
    """Return a line per image that repeats another one's bytes, and one for those not listed."""
    lines = [
        f"duplicate: {one.image_id} is the same file as {one.same_as}" for one in report.duplicates
    ]
    return (*lines, *_rest("duplicate", report.n_duplicates - len(lines)))


def left_out_lines(report: CorpusReport) -> tuple[str, ...]:
    """Return a line with all counts by kind, and one per kind with examples and what to do."""
    if not report.left_out:
        return ()
    kinds = ", ".join(f"{one.n:,} {one.kind}" for one in report.left_out)
    least = "" if report.is_complete else "at least "
    return (f"left out: {least}{report.n_left_out:,} ({kinds})", *map(_kind_line, report.left_out))


def labels_line(report: CorpusReport) -> str:
    """Return where the labels are from and, of guessed ones, how that is decided."""
    source = report.labels_from
    if not source.is_guessed:
        return f"labels: {source.text}"
    return f"labels: {source.text}: folders read as instances: {report.n_folders:,}; {DECIDE}"


def _kind_line(one: LeftOut) -> str:
    more = ", ..." if one.n > len(one.examples) else ""
    remedy = f". {one.remedy}" if one.remedy else ""
    return f"left out, {one.kind}: {', '.join(one.examples)}{more}{remedy}"


def _rest(what: str, n: int) -> tuple[str, ...]:
    return (f"{what}: {n:,} more",) if n else ()
