"""A wearer's data leave as a file, or are deleted; the second after the name was typed once more."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import StreamingResponse

from clinic.api.fields import IdInPath
from clinic.api.wearers import wearer_of
from clinic.parts import TheClinic
from clinic.security.audit import audit
from clinic.security.who import Clinician, SignedIn, refuse_others_wearer
from clinic.store.belongings import forget_wearer
from clinic.store.export import blocks, export_wearer

router = APIRouter(prefix="/api", tags=["people"])
ZIP = "application/zip"


@router.get(
    "/wearers/{wearer_id}/export",
    response_class=StreamingResponse,
    responses={
        200: {"description": "A ZIP file", "content": {ZIP: {"schema": {"type": "string", "format": "binary"}}}}
    },
)
def export(clinic: TheClinic, person: SignedIn, wearer_id: IdInPath) -> StreamingResponse:
    """Give all that is kept of a wearer: to clinicians, and to the wearer."""
    refuse_others_wearer(person, wearer_id)
    with clinic.store.session() as session:
        wearer_of(session, wearer_id)
        file = export_wearer(session, wearer_id)
        audit(session, person, "exported the wearer's data", wearer_id)
    name = f'attachment; filename="wearer-{wearer_id}.zip"'
    return StreamingResponse(blocks(file), media_type=ZIP, headers={"Content-Disposition": name})


@router.delete("/wearers/{wearer_id}", status_code=204)
def delete_wearer(
    clinic: TheClinic, person: Clinician, wearer_id: IdInPath, name: Annotated[str, Query(max_length=100)]
) -> None:
    """Delete a wearer and all data of theirs, for ever. `name`: the wearer's, typed again."""
    with clinic.store.session() as session:
        wearer = wearer_of(session, wearer_id)
        if name != wearer.name:
            raise HTTPException(409, "that is not this wearer's name; nothing was deleted")
        forget_wearer(session, wearer_id)
        audit(session, person, f"deleted wearer {wearer_id} and all data of theirs")
    clinic.store.settle()
