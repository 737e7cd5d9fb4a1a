"""An S3-compatible object store on loopback: the moto server, which keeps everything in memory."""

import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lab.servers import Servers, free_port, wait_for

BUCKET, KEY = "timeline", "lab"


@dataclass(frozen=True)
class ObjectStore:
    """A running store: the address of its bucket, and the options that find it."""

    url: str
    options: dict[str, str]

    @property
    def table(self) -> str:
        """The [archive] table of a timeline.toml that keeps tables and evidence there; keys are read from `S3_KEY`."""
        held = {key: "env:S3_KEY" if "key" in key else value for key, value in self.options.items()}
        options = ", ".join(f'{key} = "{value}"' for key, value in held.items())
        return f'[archive]\nurl = "{self.url}/tables"\nbundles = "{self.url}/bundles"\noptions = {{ {options} }}\n'

    @property
    def variables(self) -> dict[str, str]:
        """What that table takes from the environment."""
        return {"S3_KEY": KEY}


@contextmanager
def object_store(folder: Path) -> Iterator[ObjectStore]:
    """Starts a store with one empty bucket; its output goes into a folder."""
    port = free_port()
    with Servers(folder) as servers:
        servers.start("moto", sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port))
        endpoint = f"http://127.0.0.1:{port}"
        wait_for(f"{endpoint}/moto-api/")
        with urllib.request.urlopen(urllib.request.Request(f"{endpoint}/{BUCKET}", method="PUT"), timeout=20):
            pass
        yield ObjectStore(
            f"s3://{BUCKET}",
            {
                "aws_endpoint_url": endpoint, "aws_allow_http": "true", "aws_region": "us-east-1",
                "aws_access_key_id": KEY, "aws_secret_access_key": KEY,
            },
        )  # fmt: skip
