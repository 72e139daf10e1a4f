from hypothesis import given
from hypothesis import strategies as st

from gateway.export.rows import Line
from gateway.export.verdict import Answer, Verdict, deliver


def words(answer: Answer) -> str:
    return f"status {answer.status}"


def batch(size: int) -> list[Line]:
    return [Line(number, f"line-{number}") for number in range(size)]


@given(st.integers(0, 60), st.sets(st.integers(0, 59)), st.sampled_from([400, 422]), st.booleans())
def test_a_refused_batch_is_narrowed_down_to_its_bad_lines(
    size: int,
    bad: set[int],
    status: int,
    partial: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    database = set[str]()

    def post(body: bytes) -> Answer:
        texts = body.decode().split("\n")
        good = {text for text in texts if int(text.removeprefix("line-")) not in bad}
        if len(good) == len(texts) or partial:
            database.update(good)
        return Answer(204) if len(good) == len(texts) else Answer(status, "partial write: dropped=1")

    verdict = deliver(batch(size), post, words)
    assert {refused.line.seq for refused in verdict.rejected} == {number for number in bad if number < size}
    assert verdict.accepted == len(database) == size - len(verdict.rejected)
    assert all(refused.reason == f"HTTP {status}: partial write: dropped=1" for refused in verdict.rejected)


def test_a_batch_that_is_too_large_is_halved_until_it_fits() -> None:
    sizes = list[int]()

    def post(body: bytes) -> Answer:
        sizes.append(body.count(b"\n") + 1)
        return Answer(413 if sizes[-1] > 10 else 204)

    assert deliver(batch(64), post, words) == Verdict(accepted=64)
    assert max(size for size in sizes if size <= 10) == 8


def test_any_trouble_keeps_everything() -> None:
    answers = iter([Answer(400, "bad"), Answer(204), Answer(503, "busy", 7.0)])
    verdict = deliver(batch(4), lambda _: next(answers), words)
    assert verdict == Verdict(trouble="status 503", retry_after=7.0)


def test_nothing_to_say_asks_no_server() -> None:
    assert deliver([], lambda _: Answer(500), words) == Verdict()
