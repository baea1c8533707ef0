"""Answers with byte ranges (RFC 9110 section 14), so that a video can be scrubbed."""

import re

from fastapi import Request, Response

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def ranged(request: Request, data: bytes, media_type: str, headers: dict[str, str] | None = None) -> Response:
    """`data`, or the one range of it that the request asks for; 416 where that lies outside."""
    headers = {"Accept-Ranges": "bytes", **(headers or {})}
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    if not asked or asked.group(0) == "bytes=-":
        return Response(data, media_type=media_type, headers=headers)
    first, last = asked.groups()
    size = len(data)
    if first:
        start, end = int(first), min(int(last) if last else size - 1, size - 1)
    else:
        start, end = max(0, size - int(last)), size - 1
    if start > end:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    return Response(data[start : end + 1], 206, media_type=media_type, headers=headers)
