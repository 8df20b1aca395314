import asyncio
import json
import os

from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

provider = OpenAIProvider(base_url=os.environ["BASE_URL"], api_key=os.environ["TOKEN"])
agent = Agent(OpenAIChatModel(os.environ["MODEL"], provider=provider))
name = os.environ["NAME"]


async def main():
    first = await agent.run(f"{name}: one?")
    async with agent.run_stream(f"{name}: two?", message_history=first.all_messages()) as second:
        pieces = [piece async for piece in second.stream_text(delta=True)]
    print(json.dumps({"whole": first.output, "streamed": "".join(pieces)}))


asyncio.run(main())
