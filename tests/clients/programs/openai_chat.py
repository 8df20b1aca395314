import json
import os

import openai

client = openai.OpenAI(base_url=os.environ["BASE_URL"], api_key=os.environ["TOKEN"])
name, model = os.environ["NAME"], os.environ["MODEL"]
messages = [{"role": "user", "content": f"{name}: one?"}]
whole = client.chat.completions.create(model=model, messages=messages).choices[0].message.content
messages += [{"role": "assistant", "content": whole}, {"role": "user", "content": f"{name}: two?"}]
stream = client.chat.completions.create(model=model, messages=messages, stream=True)
streamed = "".join(piece.choices[0].delta.content or "" for piece in stream)
print(json.dumps({"whole": whole, "streamed": streamed}))
