"""The least HTTP/1.1 that many services in one process need: GET with keep-alive on both sides."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable

Answer = Callable[[str], Awaitable[int]]


async def serve(port: int, answer: Answer) -> None:
    """Listens on loopback and answers every GET with the status that `answer` gives for its path."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                status = await answer(head.split(b" ", 2)[1].decode())
                writer.write(b"HTTP/1.1 %d -\r\nContent-Length: 2\r\n\r\nok" % status)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    await asyncio.start_server(talk, "127.0.0.1", port)


class Client:
    """Keeps connections and uses them again; one that was given up is closed."""

    def __init__(self) -> None:
        self.idle: dict[int, list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]] = defaultdict(list)

    async def get(self, port: int, path: str, timeout: float) -> int:
        """The status of a GET; 504 when it took longer than `timeout` seconds, 502 when nobody answered."""
        try:
            async with asyncio.timeout(timeout):
                return await self._get(port, path)
        except TimeoutError:
            return 504
        except (OSError, asyncio.IncompleteReadError):
            return 502

    async def _get(self, port: int, path: str) -> int:
        idle = self.idle[port]
        reader, writer = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: shop\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(2)
        except BaseException:
            writer.close()
            raise
        idle.append((reader, writer))
        return int(head.split(b" ", 2)[1])
