import json
import os

import litellm

name = os.environ["NAME"]
options = {
    "model": f"openai/{os.environ['MODEL']}",
    "api_base": os.environ["BASE_URL"],
    "api_key": os.environ["TOKEN"],
}
messages = [{"role": "user", "content": f"{name}: one?"}]
whole = litellm.completion(messages=messages, **options).choices[0].message.content
messages += [{"role": "assistant", "content": whole}, {"role": "user", "content": f"{name}: two?"}]
pieces = litellm.completion(messages=messages, stream=True, **options)
streamed = "".join(piece.choices[0].delta.content or "" for piece in pieces)
print(json.dumps({"whole": whole, "streamed": streamed}))
