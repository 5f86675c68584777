"""A job of any kind."""

from typing import Union

from ..generated.types import CommandJob, ImageSet, ProductImage, TaskJob

Job = Union[ImageSet, TaskJob, CommandJob, ProductImage]
