"""flickr-cli, the one in PHP: its part of a YAML file that people edit themselves."""

import json


def test_flickr_clis_part_of_its_yaml(tool, jamal, monkeypatch):
    """Every value is quoted, so that sixteen digits are a text; the file is the one that the tool would read."""
    snippet = tool("flickr-cli-php").snippet(jamal(oauth_token_secret="0123456789012345"))
    head, *lines = snippet.text.splitlines()
    assert head == "flickr:"
    assert {name.strip(): json.loads(value) for name, _, value in (line.partition(": ") for line in lines)} == {
        "consumer_key": jamal().api_key,
        "consumer_secret": jamal().api_secret,
        "token": jamal().oauth_token,
        "token_secret": "0123456789012345",
    }
    assert snippet.place in ("./config.yml", ".\\config.yml")
    monkeypatch.setenv("FLICKRCLI_CONFIG", "/data/config.yml")
    assert (
        tool("flickr-cli-php").snippet(jamal()).place.endswith("config.yml")
        and tool("flickr-cli-php").path.is_absolute()
    )
