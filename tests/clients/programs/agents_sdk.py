import asyncio
import json
import os

from agents import Agent, OpenAIResponsesModel, Runner, set_tracing_disabled
from openai import AsyncOpenAI

set_tracing_disabled(True)
client = AsyncOpenAI(base_url=os.environ["BASE_URL"], api_key=os.environ["TOKEN"])
name = os.environ["NAME"]
agent = Agent(name="Helper", model=OpenAIResponsesModel(model=os.environ["MODEL"], openai_client=client))


async def main():
    first = await Runner.run(agent, f"{name}: one?")
    asked = [*first.to_input_list(), {"role": "user", "content": f"{name}: two?"}]
    second = Runner.run_streamed(agent, asked)
    pieces = [
        event.data.delta
        async for event in second.stream_events()
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta"
    ]
    print(json.dumps({"whole": first.final_output, "streamed": "".join(pieces)}))


asyncio.run(main())
