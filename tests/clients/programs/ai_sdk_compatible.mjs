import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, streamText } from "ai";

const { BASE_URL, TOKEN, MODEL, NAME: name } = process.env;
const model = createOpenAICompatible({ name: "minutebook", baseURL: BASE_URL, apiKey: TOKEN })(MODEL);
const messages = [{ role: "user", content: `${name}: one?` }];
const first = await generateText({ model, messages });
messages.push(...first.response.messages, { role: "user", content: `${name}: two?` });
let streamed = "";
for await (const piece of streamText({ model, messages }).textStream) streamed += piece;
console.log(JSON.stringify({ whole: first.text, streamed }));
