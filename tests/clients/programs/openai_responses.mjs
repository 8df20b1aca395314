import OpenAI from "openai";

const { BASE_URL, TOKEN, MODEL: model, NAME: name } = process.env;
const client = new OpenAI({ baseURL: BASE_URL, apiKey: TOKEN });
const first = await client.responses.create({ model, input: `${name}: one?` });
const input = [{ role: "user", content: `${name}: one?` }, ...first.output, { role: "user", content: `${name}: two?` }];
let streamed = "";
for await (const event of await client.responses.create({ model, input, stream: true })) {
  if (event.type === "response.output_text.delta") streamed += event.delta;
}
console.log(JSON.stringify({ whole: first.output_text, streamed }));
