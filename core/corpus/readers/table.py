"""The table of benchmarks: a reader is one file beside this one, and one row here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from core.corpus.readers import (
    circo,
    cirr,
    disc21,
    fashioniq,
    genecis,
    gldv2,
    icir,
    ilias,
    inquire,
    inshop,
    instre,
    product1m,
    revisited,
    sop,
    trec,
)
from core.corpus.readers.official import OfficialFiles
from core.types.benchmarks import Benchmark

Asks = Literal["image", "image and text", "text", "ids"]


@dataclass(frozen=True, slots=True)
class Reader:
    """One benchmark: how its folder is known, where it is had, and what reads it.

    `signs` are patterns of files below the folder: one of the inner groups must be there as a
    whole. `layout` says where images lie. `licence` is what its authors state, which is told and
    never checked; nothing is ever downloaded. `splits` are what may follow the name after a colon;
    without one the reader takes the split that has ground truth. `asks` is what a query is;
    `trec` has ids of anything. `first_line` is a pattern that the first line of the first sign must
    fit, for signs that other people's folders may hold too.
    """

    name: str
    title: str
    signs: tuple[tuple[str, ...], ...]
    layout: str
    home: str
    licence: str
    read: Callable[[OfficialFiles, str | None], Benchmark]
    splits: tuple[str, ...] = ()
    asks: Asks = "image"
    first_line: str = ""


_RESEARCH = "pictures of Flickr's users: research only"
READERS: tuple[Reader, ...] = (
    Reader(
        "revisited",
        "Revisited Oxford and Paris",
        (("gnd_*.pkl",),),
        "jpg/NAME.jpg; revisitop1m/jpg/*/*.jpg beside revisitop1m.txt for the distractors",
        "cmp.felk.cvut.cz/revisitop",
        f"none stated for the ground truth; {_RESEARCH}",
        revisited.read,
        ("roxford5k", "rparis6k"),
    ),
    Reader(
        "ilias",
        "ILIAS",
        (("image_ids/image_query_ids.txt", "image_ids/positive_ids.txt"),),
        "ilias_core/OBJECT/query/*.jpg and ilias_core/OBJECT/pos/*.jpg; distractors by their ids",
        "vrg.fel.cvut.cz/ilias",
        "stated on its page; distractors are YFCC100M's, each under its own Creative Commons one",
        ilias.read,
        ("crop",),
    ),
    Reader(
        "gldv2",
        "Google Landmarks v2, retrieval",
        (("retrieval_solution_v2*.csv", "index.csv"),),
        "index/a/b/c/ID.jpg and test/a/b/c/ID.jpg, by the id's first three characters",
        "github.com/cvdfoundation/google-landmark",
        "ground truth CC BY 4.0; every picture under its own",
        gldv2.read,
        ("public", "private"),
    ),
    Reader(
        "instre",
        "INSTRE (split of Iscen et al.)",
        (("gnd_instre.mat",),),
        "INSTRE-S1, INSTRE-S2 and INSTRE-M as in the archive",
        "the authors of 'Efficient diffusion on region manifolds' (gnd_instre.mat)",
        "none stated; research only",
        instre.read,
    ),
    Reader(
        "sop",
        "Stanford Online Products",
        (("Ebay_test.txt",),),
        "bicycle_final/*.JPG and its kin, as in the archive",
        "cvgl.stanford.edu/projects/lifted_struct",
        "none stated; research only",
        sop.read,
        ("test", "train"),
    ),
    Reader(
        "inshop",
        "DeepFashion In-Shop",
        (("Eval/list_eval_partition.txt",), ("list_eval_partition.txt",)),
        "img/MEN/... and img/WOMEN/..., also below Img/",
        "mmlab.ie.cuhk.edu.hk/projects/DeepFashion.html",
        "research only, by agreement",
        inshop.read,
    ),
    Reader(
        "product1m",
        "Product1M",
        (("product1m_gallery_ossurl_v2.txt",),),
        "ID.jpg, also below images/",
        "github.com/zhanxlin/Product1M",
        "none stated; research only",
        product1m.read,
        ("test", "dev"),
    ),
    Reader(
        "disc21",
        "DISC21, image similarity",
        (("*ground_truth*.csv",),),
        "queries/Q*.jpg and references/R*.jpg",
        "ai.meta.com/datasets/disc21-dataset",
        "research only, by agreement",
        disc21.read,
        first_line=r"query_id,reference_id|Q\d+,(R\d+)?",
    ),
    Reader(
        "cirr",
        "CIRR",
        (("captions/cap.rc2.*.json", "image_splits/split.rc2.*.json"),),
        "dev/NAME.png and test1/NAME.png, as the split says",
        "github.com/Cuberick-Orion/CIRR",
        "MIT for the captions; pictures of NLVR2: research only",
        cirr.read,
        ("val", "test1", "train"),
        asks="image and text",
    ),
    Reader(
        "circo",
        "CIRCO",
        (("annotations/*.json", "COCO2017_unlabeled/annotations/*.json"),),
        "COCO2017_unlabeled/unlabeled2017/*.jpg",
        "github.com/miccunifi/CIRCO",
        "CC BY-NC 4.0; pictures of COCO under Flickr's terms",
        circo.read,
        ("val", "test"),
        asks="image and text",
    ),
    Reader(
        "fashioniq",
        "FashionIQ",
        (("captions/cap.dress.*.json", "image_splits/split.dress.*.json"),),
        "images/NAME.png or images/NAME.jpg",
        "github.com/XiaoxiaoGuo/fashion-iq",
        "CDLA Permissive for the captions; pictures of a shop: research only",
        fashioniq.read,
        ("val", "test", "train"),
        asks="image and text",
    ),
    Reader(
        "genecis",
        "GeneCIS",
        (("focus_attribute.json",), ("change_object.json",)),
        "val2017/*.jpg of COCO and VG_100K_all/*.jpg of Visual Genome",
        "github.com/facebookresearch/genecis",
        "CC BY-NC 4.0",
        genecis.read,
        genecis.TASKS,
        asks="image and text",
    ),
    Reader(
        "icir",
        "i-CIR",
        (
            ("query_files.csv", "database_files.csv"),
            ("annotations/query_files.csv", "annotations/database_files.csv"),
        ),
        "the paths that the CSV files name",
        "github.com/billpsomas/icir",
        "CC BY-NC-SA 4.0",
        icir.read,
        asks="image and text",
    ),
    Reader(
        "inquire",
        "INQUIRE",
        (("inquire_queries_*.csv", "*annotations*.csv"),),
        "the paths of iNaturalist 2024 that the annotations name",
        "github.com/inquire-benchmark/INQUIRE",
        "CC BY-NC 4.0; pictures of iNaturalist under their own",
        inquire.read,
        ("val", "test"),
        asks="text",
    ),
    Reader(
        "trec",
        "TREC judgements",
        (("qrels*.txt",), ("*.qrels",)),
        "no images: any ids",
        "wherever the judgements were made",
        "that of the judgements",
        trec.read,
        asks="ids",
    ),
)
