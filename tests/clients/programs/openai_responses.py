import json
import os

import openai

client = openai.OpenAI(base_url=os.environ["BASE_URL"], api_key=os.environ["TOKEN"])
name, model = os.environ["NAME"], os.environ["MODEL"]
first = client.responses.create(model=model, input=f"{name}: one?")
with client.responses.stream(model=model, input=f"{name}: two?", previous_response_id=first.id) as stream:
    streamed = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
    assert stream.get_final_response().output_text == streamed
print(json.dumps({"whole": first.output_text, "streamed": streamed}))
