"""A server killed while an annotator works loses no acknowledged answer."""

import http.client
import itertools
import json
import random
import threading
import time
import uuid

import pytest

from core.annotation.store import AnnotationStore
from core.types.annotation import VERDICTS
from tests.drawn_bench import database_ids, query_ids
from tests.faults.servers import servers

N_PAIRS = 299  # no multiple of the verdicts: another round gives every pair another verdict
BEFORE_KILL = 11  # acknowledged in a round before its killer's clock starts, on any machine
AT_RISK = 999_999  # a version that no pair has: whether its last answer arrived is not known


def post(port: int, fields: dict) -> tuple[int, dict]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", "/annotations/actions", json.dumps(fields))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


@pytest.mark.parametrize("rounds", [5, pytest.param(50, marks=pytest.mark.faults)])
def test_a_killed_server_loses_no_acknowledged_answer(tmp_path, rounds):
    moments = random.Random(11)
    pairs = [(q, i) for q in query_ids() for i in database_ids()][:N_PAIRS]
    walk = zip(itertools.cycle(pairs), itertools.cycle(VERDICTS), strict=False)
    versions: dict[tuple[str, str], int] = {}
    acknowledged: dict[str, tuple[tuple[str, str], str]] = {}
    unanswered: dict[str, tuple[tuple[str, str], str]] = {}
    with servers(tmp_path, N_PAIRS) as fleet:
        for _ in range(rounds):
            port = fleet.start()
            killer = threading.Timer(moments.uniform(0.1, 0.6), fleet.kill)
            n_before = len(acknowledged)
            for pair, verdict in walk:
                action = str(uuid.uuid4())
                fields = {"kind": "set", "action": action, "author": "ada", "op": "verdict"}
                fields |= {"query": pair[0], "image": pair[1], "value": verdict}
                try:
                    status, answer = post(port, {**fields, "expected": versions.get(pair, 0)})
                except (OSError, http.client.HTTPException, ValueError):
                    unanswered[action] = (pair, verdict)
                    versions[pair] = AT_RISK
                    break
                if status == 409:  # the answer before the kill had reached the disk after all
                    assert versions[pair] == AT_RISK
                    versions[pair] = answer["annotation"]["version"]
                    continue
                assert status == 200, answer
                acknowledged[action] = (pair, verdict)
                versions[pair] = answer["annotation"]["version"]
                if len(acknowledged) == n_before + BEFORE_KILL:
                    killer.start()
            killer.join()
        time.sleep(0.05)
    store = AnnotationStore(tmp_path / "work" / "annotations.sqlite")
    logged = {e.action_id: ((e.query_id, e.image_id), e.after.verdict) for e in store.events()}
    known = {**acknowledged, **unanswered}
    n_lost = sum(action not in logged for action in acknowledged)
    assert (n_lost, len(acknowledged) >= BEFORE_KILL * rounds) == (0, True)
    assert all(known[action] == said for action, said in logged.items())
    (check,) = store._log.db.execute("PRAGMA integrity_check").fetchone()
    assert check == "ok"
    store.close()
