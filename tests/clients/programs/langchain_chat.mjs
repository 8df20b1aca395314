import { HumanMessage } from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";

const { BASE_URL, TOKEN, MODEL: model, NAME: name } = process.env;
const chat = new ChatOpenAI({ model, apiKey: TOKEN, configuration: { baseURL: BASE_URL } });
const messages = [new HumanMessage(`${name}: one?`)];
const first = await chat.invoke(messages);
messages.push(first, new HumanMessage(`${name}: two?`));
let streamed = "";
for await (const piece of await chat.stream(messages)) streamed += piece.content;
console.log(JSON.stringify({ whole: first.content, streamed }));
