"""Fetch Mermaid, which draws the diagrams of docs/ in a browser, for a site that needs no other one.

python tools/mermaid.py FILE
"""

import hashlib
import io
import sys
import tarfile
import urllib.request
from base64 import b64encode
from pathlib import Path

ADDRESS = "https://registry.npmjs.org/mermaid/-/mermaid-12.3.0.tgz"
SHA512 = "4113TdXeLAsMruJ79OpFL5O8+LTFXhQqZ260rF3tgUmiNAtRm4Uume04I+65PRN6yZ69J4f8rVYWW8zRk65UYw=="
MEMBER = "package/dist/mermaid.min.js"


def main(file: Path) -> None:
    with urllib.request.urlopen(ADDRESS, timeout=60) as reply:
        archive = reply.read()
    if b64encode(hashlib.sha512(archive).digest()).decode() != SHA512:
        sys.exit(f"{ADDRESS} is not the file that was pinned")
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        content = members.extractfile(MEMBER)
        assert content is not None
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.read())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
