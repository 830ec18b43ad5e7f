import re
from pathlib import Path

import pytest

from gateway.config import Settings, environment_names, load_settings
from gateway.errors import ConfigError


def written(tmp_path: Path, text: str) -> Path:
    """A config file."""
    file = tmp_path / "gateway.toml"
    file.write_text(text)
    return file


def test_without_anything_the_defaults_hold() -> None:
    """A new user has to configure nothing."""
    settings = load_settings(None, {})
    assert settings == Settings()
    assert (settings.server.port, settings.stream.heartbeat_seconds) == (8080, 30.0)


def test_the_environment_beats_the_file_and_flags_beat_both(tmp_path: Path) -> None:
    """Each key for itself."""
    file = written(tmp_path, '[server]\nport = 1\nhost = "a"\n[stream]\nheartbeat_seconds = 5\n')
    environment = {"GATEWAY_SERVER_PORT": "2", "GATEWAY_STREAM_HEARTBEAT_SECONDS": "7.5", "PATH": "/bin"}
    settings = load_settings(file, environment, {("server", "port"): 3})
    assert (settings.server.host, settings.server.port, settings.stream.heartbeat_seconds) == ("a", 3, 7.5)


def test_lists_in_the_environment_are_separated_by_commas() -> None:
    """As many backends as there are."""
    settings = load_settings(None, {"GATEWAY_UPSTREAM_ADDRESSES": "a:1, dns:///b:2"})
    assert settings.upstream.addresses == ("a:1", "dns:///b:2")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("[sever]\n", "unknown section [sever]; did you mean server?", id="section"),
        pytest.param("[server]\nprot = 1\n", "unknown key 'prot' in [server]; did you mean port?", id="key"),
        pytest.param("port = 1\n", "unknown section [port]", id="a key outside a section"),
        pytest.param("server = 1\n", "server is a section", id="a value for a section"),
        pytest.param('[server]\nport = "x"\n', "expected `int`, got `str` at `server.port`", id="type"),
        pytest.param("[server]\nport = 70000\n", "expected `int` <= 65535 at `server.port`", id="bound"),
        pytest.param("[stream]\nheartbeat_seconds = 0\n", "at `stream.heartbeat_seconds`", id="not above nothing"),
        pytest.param("[server\n", "not TOML", id="syntax"),
        pytest.param("[[http.rule]]\n", "unknown key 'rule' in [http]; did you mean rules?", id="table"),
        pytest.param("[http]\nrules = 1\n", "expected `array`, got `int` at `http.rules`", id="no table"),
        pytest.param('[contract]\nreflection = "yes"\n', "at `contract.reflection`", id="none of the choices"),
        pytest.param('[contract]\ndescriptor_set = "x"\n', "did you mean descriptor_sets?", id="the old name"),
    ],
)
def test_a_wrong_file_is_an_error_that_names_the_key(tmp_path: Path, text: str, told: str) -> None:
    """With the file, and what was expected."""
    file = written(tmp_path, text)
    with pytest.raises(ConfigError, match=re.escape(told)) as error:
        load_settings(file, {})
    assert str(file) in str(error.value)


def test_rules_are_tables_of_the_file(tmp_path: Path) -> None:
    """In order; what is in them is for the contract to judge. The settings know their file, for its problems."""
    text = '[[http.rules]]\nselector = "a.B"\nget = "/a"\n[[http.rules]]\nx = 1\n[[sse.events]]\nselector = "a.C"\n'
    file = written(tmp_path, text)
    settings = load_settings(file, {})
    assert settings.http.rules == ({"selector": "a.B", "get": "/a"}, {"x": 1})
    assert settings.sse.events == ({"selector": "a.C"},)
    assert settings.file == str(file)


@pytest.mark.parametrize("name", ["GATEWAY_HTTP_RULES", "GATEWAY_SSE_EVENTS", "GATEWAY_FILE_X"])
def test_rules_have_no_variable(name: str) -> None:
    """A table does not fit into one."""
    with pytest.raises(ConfigError, match=f"unknown environment variable {name}"):
        load_settings(None, {name: "x"})


def test_where_the_settings_were_read_from_is_no_section(tmp_path: Path) -> None:
    """Nobody can set it."""
    with pytest.raises(ConfigError, match=re.escape("unknown section [file]")):
        load_settings(written(tmp_path, 'file = "x"\n'), {})


def test_a_file_that_is_not_there_is_an_error_that_names_it() -> None:
    """And not a silent start with defaults."""
    with pytest.raises(ConfigError, match=r"nowhere\.toml: cannot be read: No such file"):
        load_settings(Path("nowhere.toml"), {})


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("GATEWAY_SERVER_PROT", "1", "did you mean GATEWAY_SERVER_PORT?"),
        ("GATEWAY_SERVER_PORT", "x", "GATEWAY_SERVER_PORT: expected `int`, got `str`, got 'x'"),
        ("GATEWAY_LOG_MAX_EVENTS", "0", "GATEWAY_LOG_MAX_EVENTS: expected `int` >= 1"),
    ],
)
def test_a_wrong_variable_is_an_error_that_names_it(name: str, text: str, told: str) -> None:
    """With what was expected and what came."""
    with pytest.raises(ConfigError, match=re.escape(told)):
        load_settings(None, {name: text})


def test_every_setting_that_counts_something_has_its_unit_in_its_name() -> None:
    """Numbers without a unit are only those that have none."""
    units = ("_seconds", "_milliseconds", "_bytes", "_events")
    plain = {
        "host",
        "port",
        "allowed_origins",
        "reader_threads",
        "descriptor_sets",
        "reflection",
        "json_names",
        "title",
        "version",
        "addresses",
        "ignored_parameters",
    }
    plain |= {"unix_socket", "certificate", "private_key", "access_log"}
    plain |= {"forward_headers", "return_headers"}
    plain |= {"tls", "ca_certificate", "client_certificate", "client_key", "server_name"}
    assert {key for _, key in environment_names().values() if not key.endswith(units)} == plain


def test_the_documentation_names_every_setting_with_its_default() -> None:
    """docs/configuration.md and the code cannot drift."""
    text = (Path(__file__).parent.parent / "docs" / "configuration.md").read_text()
    for name, (section, key) in environment_names().items():
        default = getattr(getattr(Settings(), section), key)
        row = next((line for line in text.splitlines() if line.startswith(f"| `{key}` |")), "")
        assert name in row, name
        shown = ", ".join(default) if isinstance(default, tuple) else str(default)
        assert f"| {shown} |" in row or f"| `{shown}` |" in row or (not shown and "| none |" in row), (name, shown)
