from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field

from service.settings import (
    Layer,
    Section,
    SettingsError,
    environment_layers,
    load_settings,
    variable_layer,
    yaml_layer,
)


class Listener(Section):
    host: str = "127.0.0.1"
    port: int = 80
    names: tuple[str, ...] = ()
    mode: Literal["fast", "slow"] = "fast"
    loud: bool = False


class Limits(Section):
    seconds: float | None = None


class App(Section):
    server: Listener = Listener()
    limits: Limits | None = None
    others: Mapping[str, Listener] = Field(default_factory=dict)


def load(*layers):
    return load_settings(App, layers)


def test_later_layers_win_key_by_key():
    app = load(
        Layer("a.yaml", {"server": {"host": "a", "port": 1}}),
        Layer("b.yaml", {"server": {"port": 2}}),
    )

    assert (app.server.host, app.server.port) == ("a", 2)


def test_a_list_is_replaced_and_not_merged():
    app = load(
        Layer("a", {"server": {"names": ["x", "y"]}}), Layer("b", {"server": {"names": ["z"]}})
    )

    assert app.server.names == ("z",)


def test_what_nobody_sets_keeps_its_default():
    assert load(Layer("a", {})).server == Listener()


def test_layers_are_not_changed_by_merging_them():
    first, second = {"server": {"port": 1}}, {"server": {"port": 2}}

    load(Layer("a", first), Layer("b", second))

    assert (first, second) == ({"server": {"port": 1}}, {"server": {"port": 2}})


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"servr": {}}, "f.yaml: unknown key 'servr'; did you mean 'server'?"),
        ({"server": {"prt": 1}}, "f.yaml: unknown key 'server.prt'; did you mean 'port'?"),
        (
            {"server": {"zzz": 1}},
            "f.yaml: unknown key 'server.zzz'; known keys: host, port, names, mode, loud",
        ),
        ({"limits": {"secs": 1}}, "f.yaml: unknown key 'limits.secs'; did you mean 'seconds'?"),
        ({"others": {"x": {"prt": 1}}}, "f.yaml: unknown key 'others.x.prt'"),
    ],
)
def test_an_unknown_key_is_refused_with_its_origin_and_what_is_known(values, expected):
    with pytest.raises(SettingsError) as caught:
        load(Layer("f.yaml", values))

    assert str(caught.value).startswith(expected)


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        ({"server": {"port": "high"}}, ("server.port", "integer", "'high'")),
        ({"server": {"port": True}}, ("server.port", "a boolean is not valid here", "True")),
        ({"server": {"host": 5}}, ("server.host", "string", "5")),
        ({"server": {"mode": "medium"}}, ("server.mode", "'fast' or 'slow'", "'medium'")),
        ({"server": {"names": ["a", 3]}}, ("server.names.1", "string", "3")),
        ({"server": 5}, ("server", "5")),
        ({"server": None}, ("server: expected a mapping of keys", "None")),
        ({"limits": {"seconds": False}}, ("limits.seconds", "a boolean", "False")),
        ({"server": {"loud": "maybe"}}, ("server.loud", "boolean", "'maybe'")),
    ],
)
def test_a_wrong_value_is_refused_with_origin_key_and_value(values, parts):
    with pytest.raises(SettingsError) as caught:
        load(Layer("f.yaml", values))

    message = str(caught.value)
    assert message.startswith("f.yaml: ")
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_the_layer_that_set_the_wrong_value_is_the_one_named():
    with pytest.raises(SettingsError, match=r"^b\.yaml: server\.port"):
        load(
            Layer("a.yaml", {"server": {"host": "x"}}),
            Layer("b.yaml", {"server": {"port": "high"}}),
            Layer("c.yaml", {"server": {"host": "y"}}),
        )


def test_a_long_value_is_shortened_in_the_message():
    with pytest.raises(SettingsError) as caught:
        load(Layer("f", {"server": {"port": "x" * 1000}}))

    assert len(str(caught.value)) < 250


def test_settings_cannot_be_changed_afterwards():
    with pytest.raises(ValueError, match="frozen"):
        load(Layer("a", {})).server = Listener(port=1)


@pytest.mark.parametrize("text", ["", "# nothing but a comment\n", "---\n"])
def test_an_empty_file_is_an_empty_layer(tmp_path, text):
    file = tmp_path / "s.yaml"
    file.write_text(text)

    assert yaml_layer(file).values == {}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a: [1", "not valid YAML"),
        (b"- a\n- b\n", "expected a mapping of sections, found ['a', 'b']"),
        (b"just text", "expected a mapping of sections"),
        (b"\xff\xfe\x00", "it is not UTF-8 text"),
        (b"a: !!python/object:os.system {}", "not valid YAML"),
        (b"a: 1\n  b: 2\n", "not valid YAML"),
        (b"a: \x00", "not valid YAML"),
        (b"server: {port: 1}\nserver: {port: 2}\n", "2:1: not valid YAML: the key 'server'"),
        (b"a: 2024-13-45", "not valid YAML: month must be in 1..12"),
        (b"a: " + b"[" * 500 + b"]" * 500, "not valid YAML: nested too deeply"),
    ],
)
def test_a_file_that_is_no_settings_is_refused_by_name(tmp_path, content, expected):
    file = tmp_path / "s.yaml"
    file.write_bytes(content)

    with pytest.raises(SettingsError) as caught:
        yaml_layer(file)

    assert str(caught.value).startswith(str(file))
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_broken_yaml_is_placed_by_line_and_column(tmp_path):
    file = tmp_path / "s.yaml"
    file.write_text("server:\n  port: [1\nlimits: {}\n")

    with pytest.raises(SettingsError, match=r"s\.yaml:\d+:\d+: not valid YAML"):
        yaml_layer(file)


def test_keys_may_be_merged_from_an_anchor(tmp_path):
    file = tmp_path / "s.yaml"
    file.write_text("others:\n  a: &a {port: 1, loud: true}\n  b:\n    <<: *a\n    port: 2\n")

    assert load(yaml_layer(file)).others["b"] == Listener(port=2, loud=True)


def test_a_value_that_contains_itself_is_refused(tmp_path):
    file = tmp_path / "s.yaml"
    file.write_text("server: &s {host: *s}")

    with pytest.raises(SettingsError, match=r"s\.yaml: a value contains itself"):
        load(yaml_layer(file))


def test_a_missing_file_is_named():
    with pytest.raises(SettingsError, match=r"none\.yaml: cannot be read: No such file"):
        yaml_layer(Path("none.yaml"))


def test_variables_set_single_keys_read_as_yaml():
    layers = environment_layers(
        "APP",
        {
            "APP__SERVER__PORT": "8080",
            "APP__SERVER__NAMES": "[a, b]",
            "APP__LIMITS__SECONDS": "null",
            "APPLE__SERVER__PORT": "1",
            "APP_SERVER": "1",
        },
    )
    app = load(*layers)

    assert (app.server.port, app.server.names) == (8080, ("a", "b"))
    assert app.limits == Limits(seconds=None)


def test_a_variable_that_is_no_yaml_is_taken_as_text():
    (layer,) = environment_layers("APP", {"APP__SERVER__HOST": "[half"})

    assert load(layer).server.host == "[half"


def test_a_wrong_variable_is_named():
    (layer,) = environment_layers("APP", {"APP__SERVER__PORT": "high"})

    with pytest.raises(SettingsError, match=r"^APP__SERVER__PORT: server\.port: .*'high'"):
        load(layer)


def test_an_unknown_variable_is_refused():
    (layer,) = environment_layers("APP", {"APP__SERVER__PRT": "1"})

    with pytest.raises(SettingsError, match=r"APP__SERVER__PRT: unknown key 'server\.prt'"):
        load(layer)


def test_a_flag_sets_one_key_by_its_dotted_path():
    app = load(Layer("f", {"server": {"host": "h"}}), variable_layer("--port", "server.port", 9))

    assert (app.server.host, app.server.port) == ("h", 9)
