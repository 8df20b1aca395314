import OpenAI from "openai";

const { BASE_URL, TOKEN, MODEL: model, NAME: name } = process.env;
const client = new OpenAI({ baseURL: BASE_URL, apiKey: TOKEN });
const messages = [{ role: "user", content: `${name}: one?` }];
const first = await client.chat.completions.create({ model, messages });
const whole = first.choices[0].message.content;
messages.push({ role: "assistant", content: whole }, { role: "user", content: `${name}: two?` });
let streamed = "";
for await (const piece of await client.chat.completions.create({ model, messages, stream: true })) {
  streamed += piece.choices[0]?.delta?.content ?? "";
}
console.log(JSON.stringify({ whole, streamed }));
