"""Plan rounds, adjust them, publish them."""

from fastapi import APIRouter

routes = APIRouter(tags=["rounds"])
