"""Queries, their rankings and outcomes, uploads and thumbnails of the fake bench."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image

from core.bench.query_states import UPLOADED, query_state
from core.errors import ImageError, UnknownImageError
from core.types.corpus import ImageRecord
from core.types.orders import Fusion
from core.types.rankings import QueryOutcome, QueryRow, QueryView
from core.types.runs import Progress
from core.types.visitors import SCRIPT, Visitor
from tests.fakes.invented import ap, draw_picture, failure_class, invent_candidates
from tests.fakes.state import FakeState, work_of


class FakeQueries:
    def __init__(self, state: FakeState) -> None:
        self._state = state

    def rows(self, fusion: Fusion, visitor: Visitor = SCRIPT) -> tuple[QueryRow, ...]:
        depth, lam, gamma = fusion.depth, fusion.lam, fusion.gamma
        state = self._state
        mine = [u for u in reversed(state.uploads) if state.owners[u] == visitor.owner]
        uploads = [QueryRow(u, None, True, None, None, UPLOADED, state.names[u]) for u in mine]
        found = {q: self.outcome(q, depth, lam, gamma) for q in state.query_ids}
        work = work_of(state.status)
        return (
            *(
                QueryRow(q, state.instance(q), False, None, one, query_state(None, one, work))
                for q, one in found.items()
            ),
            *uploads,
        )

    def record(self, image_id: str) -> ImageRecord:
        state = self._state
        if image_id not in {*state.query_ids, *state.database_ids, *state.uploads}:
            raise UnknownImageError(f"Image '{image_id}' is not known.")
        role = "query" if image_id in {*state.query_ids, *state.uploads} else "database"
        digest = hashlib.sha256(image_id.encode()).hexdigest()
        tags = {"light": ("dim", "bright")[int(digest[0], 16) % 2]} if role == "query" else {}
        coverage = int(digest[:4], 16) / 0xFFFF if state.info.has_measures else None
        return ImageRecord(
            image_id,
            image_id,
            role,
            state.instance(image_id),
            400,
            300,
            digest,
            coverage=coverage,
            clutter=int(digest[4], 16) if state.info.has_measures else None,
            tags=tags,
        )

    def thumbnail(self, image_id: str, side_px: int) -> Path:
        record = self.record(image_id)
        path = self._state.root / f"{record.sha256[:16]}-{side_px}.webp"
        if not path.exists():
            image = draw_picture(self._state.photos, image_id)
            image.thumbnail((side_px, side_px))
            path.parent.mkdir(parents=True, exist_ok=True)
            image.save(path, "WEBP")
        return path

    def add_upload(self, data: bytes, name: str, visitor: Visitor = SCRIPT) -> str:
        try:
            with Image.open(BytesIO(data)) as image:
                image.verify()
        except OSError as error:
            raise ImageError(f"'{name}' is not an image that can be read.") from error
        key = hashlib.sha256(data + visitor.owner.encode()).hexdigest()[:16]
        query_id = f"upload:{key}"
        self._state.names[query_id], self._state.owners[query_id] = name, visitor.owner
        if query_id not in self._state.uploads:
            self._state.uploads.append(query_id)
        return query_id

    def score(self, query_id: str, depth: int) -> Iterator[Progress]:
        done = self._state.scored.get(query_id, 0)
        while done < depth:
            time.sleep(self._state.pace_s / 5)
            done = min(depth, done + max(1, depth // 5))
            self._state.model_calls += 1
            self._state.scored[query_id] = max(done, self._state.scored.get(query_id, 0))
            yield Progress("score", done, depth, "pairs")

    def inspect(self, query_id: str, fusion: Fusion, limit: int = 100) -> QueryView:
        depth, lam, gamma = fusion.depth, fusion.lam, fusion.gamma
        record = self.record(query_id)
        if record.role != "query":
            raise UnknownImageError(f"'{query_id}' is not a query.")
        candidates = invent_candidates(self._state, query_id, depth, lam, gamma)
        after = sorted(candidates, key=lambda c: c.rank_after)
        moved = tuple(c for c in candidates if c.rank_before <= depth)
        pending = sum(c.margin is None and c.problem is None for c in moved)
        known = query_id in self._state.query_ids
        return QueryView(
            query=record,
            before=tuple(candidates[:limit]),
            after=tuple(after[:limit]),
            moved=moved,
            depth=depth,
            lam=lam,
            gamma=gamma,
            n_shortlist=len(candidates),
            n_positives=3 if known else None,
            n_pending=pending,
            n_unscored=sum(c.margin is None for c in moved),
            outcome=None if pending or not known else self.outcome(query_id, depth, lam, gamma),
            exact=True,
            kind=self._state.info.scorer,
        )

    def outcome(self, query_id: str, depth: int, lam: float, gamma: float) -> QueryOutcome | None:
        if self._state.scored.get(query_id, 0) < depth or not self._state.info.has_ground_truth:
            return None
        key = (query_id, depth, lam, gamma)
        if key not in self._state.outcomes:
            self._state.outcomes[key] = self._outcome(*key)
        return self._state.outcomes[key]

    def _outcome(self, query_id: str, depth: int, lam: float, gamma: float) -> QueryOutcome:
        candidates = invent_candidates(self._state, query_id, depth, lam, gamma)
        margin = invent_candidates(self._state, query_id, depth, 0.0, 1.0)
        before = ap(c.relation for c in candidates)
        after = ap(c.relation for c in sorted(candidates, key=lambda c: c.rank_after))
        oracle = ap(
            c.relation
            for c in sorted(
                candidates, key=lambda c: (c.rank_before > depth, c.relation != "positive")
            )
        )
        found = [c for c in candidates if c.relation == "positive" and c.rank_before <= depth]
        intruders = tuple(c.image_id for c in candidates if c.intruder)
        return QueryOutcome(
            query_id=query_id,
            instance_id=self._state.instance(query_id),
            n_positives=3,
            ap_before=before,
            ap_margin=ap(c.relation for c in sorted(margin, key=lambda c: c.rank_after)),
            ap_after=after,
            ap_oracle=oracle,
            first_positive_before=min((c.rank_before for c in found), default=None),
            first_positive_after=min((c.rank_after for c in found), default=None),
            failure_class=failure_class(before, after, bool(found), bool(intruders)),
            hard_negative_ids=(),
            intruder_ids=intruders,
            n_unscored=0,
        )


class FakeUploads:
    def __init__(self, state: FakeState) -> None:
        self._state = state

    days = 7.0

    def records(self, visitor: Visitor) -> tuple[ImageRecord, ...]:
        state = self._state
        return tuple(
            ImageRecord(one, one, "query", width=4, height=3, tags={"name": state.names[one]})
            for one in state.uploads
            if state.owners.get(one) == visitor.owner
        )

    def may_see(self, image_id: str, visitor: Visitor) -> bool:
        known = not image_id.startswith("upload:")
        return known or self._state.owners.get(image_id) == visitor.owner

    def remove(self, image_id: str, visitor: Visitor) -> None:
        if self._state.owners.get(image_id) != visitor.owner:
            raise UnknownImageError(f"There is no upload '{image_id}'.")
        self._state.uploads.remove(image_id)
        del self._state.owners[image_id]

    @contextmanager
    def cleaning(self) -> Iterator[None]:
        yield
