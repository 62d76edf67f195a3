"""The driver's round on a phone, with or without network."""

from fastapi import APIRouter

routes = APIRouter(tags=["driver"])
