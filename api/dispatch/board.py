"""The dispatcher's board: every container on a map and in a list, alerts live."""

from fastapi import APIRouter

routes = APIRouter(tags=["board"])
