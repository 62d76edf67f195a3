"""One container: its weeks, its forecast, its device, its alerts."""

from fastapi import APIRouter

routes = APIRouter(tags=["containers"])
