"""Templates of descriptions: what the grammar knows, and that all else is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.convention import Malformed
from devices.conventions.homeassistant.template import Said, template

MESSAGE = json.dumps({"a": {"b c": [1, 2.345, "3.45"]}, "n": 7, "t": True, "s": "ON", "z": None, "w": "x"}).encode()


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("{{ value_json.n }}", 7),
        ("{{value_json['a'].get}}", None),
        ('{{ value_json.a["b c"][1] }}', 2.345),
        ("{{ value_json['a']['b c'][2] | float }}", 3.45),
        ("{{ value_json.a['b c'][1] | round(1) }}", 2.3),
        ("{{ (value_json.a['b c'][2] | float) | round }}", 3.0),
        ("{{ value_json.a['b c'][2] | int }}", 3),
        ("{{ value_json.t | int }}", 1),
        ("{{ value_json.w | int(-1) }}", -1),
        ("{{ value_json.missing | float(0.5) }}", 0.5),
        ("{{ value_json.z }}", None),
        ("{{ value_json.missing.deeper[9] }}", None),
        ("{{ 'yes' if value_json.n > 3 else 'no' }}", "yes"),
        ("{{ 'yes' if value_json.n | int == 8 else value_json.w }}", "x"),
        ("{{ 1 if value_json.t else 0 }}", 1),
        ("{{ 'on' if value_json.missing == 1 else 'off' }}", None),
        ("{% if value_json.s != 'OFF' %}ON{% else %}OFF{% endif %}", "ON"),
        ("{%- if value_json.n <= 3 -%} ON {%- else -%} {{ value_json.n }} {%- endif -%}", 7),
        ("n={{ value_json.n }}!", "n=7!"),
        ("n={{ value_json.missing }}!", None),
        ("plain", "plain"),
        ("", MESSAGE.decode()),
        (None, MESSAGE.decode()),
    ],
)
def test_what_the_grammar_knows(written: str | None, value: object) -> None:
    made = template(written)(Said(MESSAGE))
    assert made == value
    assert type(made) is type(value)


@pytest.mark.parametrize(
    "written",
    [
        "{{ value_json.a * 2 }}",
        "{{ value_json.a | upper }}",
        "{{ value_json.a | float | default(0) }}",
        "{{ value_json.get('a') }}",
        "{{ value_json['a' }}",
        "{{ value_json[1.5] }}",
        "{{ value_json[-1] }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ states('sensor.x') }}",
        "{{ x }}",
        "{{ }}",
        "{{ value_json.a",
        "value_json.a }}",
        "{{ 'a' if value_json.a }}",
        "{{ 'a' if value_json.a else 'b' if value_json.c else 'd' }}",
        "{% if value_json.a %}1{% endif %}",
        "{% if value_json.a %}1{% elif value_json.b %}2{% else %}3{% endif %}",
        "a{% if value_json.a %}1{% else %}2{% endif %}",
        "{% for x in value_json %}{% endfor %}",
        "{% set x = 1 %}{{ x }}",
        "{# comment #}",
        "{{ " + "(" * 40 + "value" + ")" * 40 + " }}",
        "{{ value_json.a | round(99) }}",
        "{{ value_json.a | round(0.5) }}",
        "x" * 1001,
        7,
        ["{{ value }}"],
    ],
)
def test_all_else_is_refused_in_words(written: object) -> None:
    with pytest.raises(Malformed) as refused:
        template(written)
    assert refused.value.expected
    assert refused.value.found


@pytest.mark.parametrize(
    ("written", "payload"),
    [
        ("{{ value_json.s | float }}", MESSAGE),
        ("{{ value_json.n | float }}", b'{"n":1e400}'),
        ("{{ value_json.s > 3 }}", MESSAGE),
        ("{{ 1 if value_json.s > 3 else 0 }}", MESSAGE),
        ("{{ value_json.n }}", b"no json"),
        ("{{ value }}", b"\xff"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(written: str, payload: bytes) -> None:
    with pytest.raises(Malformed):
        template(written)(Said(payload))


WORDS = "{{ }} {% %} value_json .a ['b_c'] [0] | int round (1) ( ) if else endif == > 'x' \" 7 - __class__ \\"
PIECES = st.sampled_from([*WORDS.split(" "), " ", "9" * 400, "9" * 400 + ".5"])


@given(st.lists(PIECES, max_size=14).map("".join), st.sampled_from([MESSAGE, b"5", b"[]", b""]))
def test_nothing_written_in_a_template_does_more_than_say_a_value_or_be_refused(written: str, payload: bytes) -> None:
    try:
        made = template(written)(Said(payload))
    except Malformed:
        return
    assert made is None or isinstance(made, (str, int, float, list, dict))
