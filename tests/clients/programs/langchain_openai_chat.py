import json
import os

from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI

model = ChatOpenAI(base_url=os.environ["BASE_URL"], api_key=os.environ["TOKEN"], model=os.environ["MODEL"])
name = os.environ["NAME"]
messages = [HumanMessage(f"{name}: one?")]
first = model.invoke(messages)
messages += [first, HumanMessage(f"{name}: two?")]
streamed = "".join(piece.content for piece in model.stream(messages))
print(json.dumps({"whole": first.content, "streamed": streamed}))
