"""Write docs/contract/asyncapi.json anew: `uv run python docs/contract/write.py`."""

import json
from pathlib import Path

from controller.contract.document import contract_document

PAGE = Path(__file__).resolve().with_name("asyncapi.json")

if __name__ == "__main__":
    PAGE.write_text(json.dumps(contract_document("1"), indent=2) + "\n", encoding="utf-8")
