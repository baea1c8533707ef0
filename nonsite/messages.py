"""Messages of the bus that the composition itself sends: cameras, and how their schemas are published."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from nonsite.settings import SourceSettings
from records import BadInput


class CameraMessage(BaseModel):
    """A camera that some worker is to watch: `nonsite.cameras`, keyed `group/camera`."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    version: Literal[1] = 1
    camera: SourceSettings

    @property
    def key(self) -> str:
        """Cameras of one group see the same ground and go to one worker."""
        return f"{self.camera.group or self.camera.id}/{self.camera.id}"

    def to_json(self) -> dict[str, Any]:
        """As it lies on the bus."""
        return self.model_dump(mode="json", exclude_defaults=True) | {"version": 1}


def camera_of(message: dict[str, Any]) -> SourceSettings:
    """The camera of a message; BadInput E_CAMERA naming the field at fault."""
    try:
        return CameraMessage.model_validate(message).camera
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise BadInput("E_CAMERA", f"{field}: {first['msg']}", "publish it anew from the hub's settings") from error
