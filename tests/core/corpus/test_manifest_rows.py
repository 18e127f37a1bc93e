"""Each cell of a manifest is read or is a fault that names its line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.corpus.manifest_rows import read_manifest
from core.corpus.sources.folder import FolderSource
from core.types.corpus import Box, ImageRecord

WriteCorpus = Callable[..., Path]
ALL = "image,role,instance,x0,y0,x1,y1,mask,coverage,occluded,clutter,light,view\n"
GOOD = "b.png,database,mug,,,,,,,,,,\n"


def faults_of(root: Path) -> list[str]:
    return [str(fault) for fault in sorted(read_manifest(FolderSource(root)).faults)]


def test_a_full_row_is_read_into_an_entry(write_corpus: WriteCorpus):
    row = "a.png,both,mug,1,2,30,20.0,m.png,0.25,0,3,dim,12.5\n"
    listing = read_manifest(FolderSource(write_corpus(ALL + row, "a.png", "m.png")))
    assert listing.faults == ()
    assert listing.entries == (
        ImageRecord(
            image_id="a.png",
            path="a.png",
            role="both",
            instance_id="mug",
            box=Box(1, 2, 30, 20),
            mask="m.png",
            coverage=0.25,
            occluded=0.0,
            clutter=3,
            tags={"light": "dim", "view": "12.5"},
        ),
    )


def test_an_empty_cell_means_not_known(write_corpus: WriteCorpus):
    row = "a.png,database,,,,,,,,,,,\n"
    listing = read_manifest(FolderSource(write_corpus(ALL + row, "a.png")))
    tags = {"light": "", "view": ""}
    assert listing.entries == (ImageRecord("a.png", "a.png", "database", tags=tags),)
    assert listing.lines == {"a.png": 2}


def test_the_ends_of_each_range_are_inside_it(write_corpus: WriteCorpus):
    row = "a.png,database,mug,0,0,1,1,,1,1.0,0,,\n"
    (entry,) = read_manifest(FolderSource(write_corpus(ALL + row, "a.png"))).entries
    assert (entry.coverage, entry.occluded, entry.clutter) == (1.0, 1.0, 0)
    assert entry.box == Box(0, 0, 1, 1)  # one pixel


def test_a_manifest_gives_ground_truth_and_names_rows_with_faults_too(write_corpus: WriteCorpus):
    rows = "a.png,wrong,mug,,,,,,,,,,\nb.png,database,mug,,,,,,,,,,\n"
    listing = read_manifest(FolderSource(write_corpus(ALL + rows, "a.png", "b.png")))
    assert listing.has_truth
    assert listing.labels_from.text == "manifest.csv"
    assert [entry.image_id for entry in listing.entries] == ["b.png"]
    assert listing.named == {"a.png", "b.png"}
    assert listing.lines == {"b.png": 3}


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (",query,mug,,,,,,,,,,", "image is empty"),
        ("no.png,query,mug,,,,,,,,,,", "image 'no.png' does not exist"),
        ("../a.png,query,mug,,,,,,,,,,",
         "image '../a.png' leaves the corpus folder; name a file inside it"),
        ("x\\a.png,query,mug,,,,,,,,,,",
         "image 'x\\a.png' does not exist"),
        ("a.png,querry,mug,,,,,,,,,,",
         "role 'querry' is not known; write query, database or both"),
        ("a.png,,mug,,,,,,,,,,", "role '' is not known; write query, database or both"),
        ("C:\\a.png,query,mug,,,,,,,,,,",
         "image 'C:\\a.png' has a backslash; write / between folders"),
        ("a.png,query,mug,1,2,3,,,,,,,",
         "box '1,2,3,' is half given; fill x0, y0, x1 and y1 or none of them"),
        ("a.png,query,mug,1,2,x,4,,,,,,", "box '1,2,x,4' is not four numbers of pixels"),
        ("a.png,query,mug,1,2,nan,4,,,,,,", "box '1,2,nan,4' is not four numbers of pixels"),
        ("a.png,query,mug,1,2,1e99,4,,,,,,", "box '1,2,1e99,4' is not four numbers of pixels"),
        ("a.png,query,mug,5,2,5,4,,,,,,",
         "box '5,2,5,4' holds no pixel; x1 must exceed x0, and y1 exceed y0"),
        ("a.png,query,mug,9,2,5,4,,,,,,",
         "box '9,2,5,4' holds no pixel; x1 must exceed x0, and y1 exceed y0"),
        ("a.png,query,mug,1,4,5,4,,,,,,",
         "box '1,4,5,4' holds no pixel; x1 must exceed x0, and y1 exceed y0"),
        ("a.png,query,mug,1,9,5,4,,,,,,",
         "box '1,9,5,4' holds no pixel; x1 must exceed x0, and y1 exceed y0"),
        ("a.png,query,mug,,,,,no.png,,,,,", "mask 'no.png' does not exist"),
        ("a.png,query,mug,,,,,/m.png,,,,,",
         "mask '/m.png' leaves the corpus folder; name a file inside it"),
        ("a.png,query,mug,,,,,,1.5,,,,", "coverage '1.5' is not a number from 0 to 1"),
        ("a.png,query,mug,,,,,,nan,,,,", "coverage 'nan' is not a number from 0 to 1"),
        ("a.png,query,mug,,,,,,half,,,,", "coverage 'half' is not a number from 0 to 1"),
        ("a.png,query,mug,,,,,,,-0.1,,,", "occluded '-0.1' is not a number from 0 to 1"),
        ("a.png,query,mug,,,,,,,,-1,,", "clutter '-1' is not a whole number from 0 up"),
        ("a.png,query,mug,,,,,,,,1.5,,", "clutter '1.5' is not a whole number from 0 up"),
        ("a.png,query,mug,,,,,,,,1e9,,", "clutter '1e9' is not a whole number from 0 up"),
        ("b.png,query,mug,,,,,,,,,,", "image 'b.png' is already named in line 2"),
        ("a.png,query", "the line has 2 cells where the header names 13"),
    ],
)  # fmt: skip
def test_each_faulty_cell_is_one_fault_with_its_line(
    write_corpus: WriteCorpus, row: str, fault: str
):
    root = write_corpus(ALL + GOOD + row + "\n", "a.png", "b.png")
    assert faults_of(root) == [f"manifest.csv:3: {fault}"]


def test_all_faults_of_one_row_are_listed(write_corpus: WriteCorpus):
    root = write_corpus(ALL + GOOD + "no.png,x,mug,1,,,,n.png,2,,,,\n", "b.png")
    assert faults_of(root) == [
        "manifest.csv:3: box '1,,,' is half given; fill x0, y0, x1 and y1 or none of them",
        "manifest.csv:3: coverage '2' is not a number from 0 to 1",
        "manifest.csv:3: image 'no.png' does not exist",
        "manifest.csv:3: mask 'n.png' does not exist",
        "manifest.csv:3: role 'x' is not known; write query, database or both",
    ]


def test_a_query_without_any_database_image_is_a_fault(write_corpus: WriteCorpus):
    root = write_corpus("image,role,instance\na.png,query,mug\nb.png,query,\n", "a.png", "b.png")
    why = "has no database image to search; give other rows the role database or both"
    assert faults_of(root) == [
        f"manifest.csv:2: query 'a.png' {why}",
        f"manifest.csv:3: query 'b.png' {why}",
    ]


def test_a_database_row_with_a_fault_does_not_make_queries_lonely(write_corpus: WriteCorpus):
    root = write_corpus("image,role,instance\na.png,query,m\n/b.png,database,m\n", "a.png")
    assert len(faults_of(root)) == 1


@pytest.mark.parametrize("column", ["image", "role", "instance"])
def test_a_missing_column_is_a_fault_of_the_header(write_corpus: WriteCorpus, column: str):
    names = [name for name in ("image", "role", "instance") if name != column]
    root = write_corpus(",".join(names) + "\n1,2\n")
    assert faults_of(root) == [f"manifest.csv:1: column '{column}' is missing"]


def test_a_header_of_the_four_box_columns_lacks_only_the_three_that_are_required(
    write_corpus: WriteCorpus,
):
    assert faults_of(write_corpus("x0,y0,x1,y1\n")) == [
        f"manifest.csv:1: column '{name}' is missing" for name in ("image", "instance", "role")
    ]


def test_half_of_the_box_columns_is_a_fault_of_the_header(write_corpus: WriteCorpus):
    root = write_corpus("image,role,instance,x0,y0\na.png,both,mug,,\n", "a.png")
    assert faults_of(root) == ["manifest.csv:1: a box needs all four columns x0, y0, x1 and y1"]


def test_a_header_alone_is_a_fault(write_corpus: WriteCorpus):
    assert faults_of(write_corpus("image,role,instance\n")) == [
        "manifest.csv:1: the table names no image"
    ]


def test_spaces_around_a_file_name_belong_to_it_where_there_is_such_a_file(
    write_corpus: WriteCorpus,
):
    text = "image,role,instance\n a.png,both,mug\n b.png ,both,mug\n"
    listing = read_manifest(FolderSource(write_corpus(text, "a.png", " a.png", "b.png")))
    assert listing.faults == ()
    assert [entry.path for entry in listing.entries] == [" a.png", "b.png"]
    assert listing.assumed.sentence("m") == "m was read with blanks around paths (1)"


@pytest.mark.parametrize(
    "spelled", ["x\\a.png", "./x/a.png", "x//a.png", ".\\x\\a.png", "x/./a.png"]
)
def test_a_path_with_one_reading_is_taken(write_corpus: WriteCorpus, spelled: str):
    text = f"image,role,instance,mask\n{spelled},both,mug,{spelled}\n"
    listing = read_manifest(FolderSource(write_corpus(text, "x/a.png")))
    assert listing.faults == ()
    (entry,) = listing.entries
    assert (entry.image_id, entry.path, entry.mask) == ("x/a.png", "x/a.png", "x/a.png")
    assert listing.assumed.sentence("m").endswith("(2)")


def test_an_absolute_path_into_the_folder_is_taken(write_corpus: WriteCorpus):
    root = write_corpus("", "a.png")
    text = f"image,role,instance\n{root}/a.png,both,mug\n/elsewhere/a.png,both,mug\n"
    (root / "manifest.csv").write_text(text)
    listing = read_manifest(FolderSource(root))
    assert [entry.image_id for entry in listing.entries] == ["a.png"]
    assert [str(fault) for fault in listing.faults] == [
        "manifest.csv:3: image '/elsewhere/a.png' leaves the corpus folder; name a file inside it"
    ]


COMPOSED, DECOMPOSED = "ordn\u00e9/\u00e9.png", "ordne\u0301/e\u0301.png"


@pytest.mark.parametrize(
    ("named", "there"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED), (COMPOSED, COMPOSED)]
)
def test_a_name_is_found_in_either_unicode_form_and_its_id_is_the_manifest_s(
    write_corpus: WriteCorpus, named: str, there: str
):
    root = write_corpus(f"image,role,instance\n{named},both,mug\n", there)
    listing = read_manifest(FolderSource(root))
    assert listing.faults == ()
    assert [(entry.image_id, entry.path) for entry in listing.entries] == [(named, there)]
    said = "" if named == there else "m was read with names in another Unicode form (1)"
    assert listing.assumed.sentence("m") == said


def test_two_files_in_two_unicode_forms_are_a_fault(write_corpus: WriteCorpus):
    rows = "\u00e9.png,both,mug\ne\u0301.png,both,mug\n"
    root = write_corpus(f"image,role,instance\n{rows}", "\u00e9.png", "e\u0301.png")
    faults = faults_of(root)
    assert len(faults) == 2
    assert all("differ only in how accents are written; rename one" in one for one in faults)


@pytest.mark.parametrize(
    ("box", "read"),
    [
        ("1.5,2.5,3.25,4", Box(1, 2, 4, 4)),
        ('"1,5",2,"3,25",4', Box(1, 2, 4, 4)),
        ("1,2,1.5,4", Box(1, 2, 2, 4)),
        ("1.0,2.0,3.0,4.", Box(1, 2, 3, 4)),
    ],
)
def test_a_box_with_fractions_is_rounded_outwards(write_corpus: WriteCorpus, box: str, read: Box):
    text = f"image,role,instance,x0,y0,x1,y1\na.png,both,mug,{box}\n"
    listing = read_manifest(FolderSource(write_corpus(text, "a.png")))
    assert listing.faults == ()
    assert listing.entries[0].box == read


@pytest.mark.parametrize("role", [" Query ", "QUERY", "query"])
def test_a_role_is_read_in_any_case(write_corpus: WriteCorpus, role: str):
    text = f"image,role,instance\na.png,{role},mug\nb.png,Both,mug\n"
    listing = read_manifest(FolderSource(write_corpus(text, "a.png", "b.png")))
    assert listing.faults == ()
    assert [entry.role for entry in listing.entries] == ["query", "both"]


COMPOSED = "image,role,instance,text\nd.png,database,cup,a caption\n"


def test_a_text_beside_a_query_makes_it_a_query_of_its_own(write_corpus: WriteCorpus):
    rows = "a.png,query,cup,in  green\na.png,query,cup,in blue\na.png,query,cup,\n"
    listing = read_manifest(FolderSource(write_corpus(COMPOSED + rows, "a.png", "d.png")))
    assert listing.faults == ()
    found = {one.image_id: (one.text, one.path) for one in listing.entries}
    assert found == {
        "d.png": ("", "d.png"),  # a database image's text is an attribute
        "a.png#1": ("in green", "a.png"),
        "a.png#2": ("in blue", "a.png"),
        "a.png": ("", "a.png"),
    }
    assert listing.entries[0].tags == {"text": "a caption"}
    assert listing.named == set(found)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("a.png,both,cup,in green", "a row with a text is a query; give the image another row"),
        (f"a.png,query,cup,{'x' * 501}", "text has 501 characters; write at most 500"),
    ],
)
def test_a_text_that_cannot_be_asked_with_is_a_fault(row, words, write_corpus: WriteCorpus):
    faults = faults_of(write_corpus(f"{COMPOSED}{row}\n", "a.png", "d.png"))
    assert [words in one for one in faults] == [True]
