// One parallel tool conversation with Node's SDKs.
//
//   node talk.mjs ADDRESS API whole|streamed
//
// Prints a JSON line: the cities that the tool was called with, and the final text. The packages are
// looked up from FANOUT_NODE_MODULES, or from the folder that this file is in.

import { createRequire } from "node:module";
import path from "node:path";

const [address, api, manner] = process.argv.slice(2);
const streamed = manner === "streamed";
const from = process.env.FANOUT_NODE_MODULES
  ? path.join(process.env.FANOUT_NODE_MODULES, "x.js")
  : import.meta.url;
const require = createRequire(from);

const QUESTION = "What's the weather in Tokyo, London and Lima?";
const DEGREES = { Tokyo: 31, London: 17, Lima: 24 };
const SCHEMA = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const ABOUT = { name: "get_weather", description: "Weather in a city." };
const called = [];

function weather({ city }) {
  called.push(city);
  return `${DEGREES[city]} degrees`;
}

function openai() {
  const { OpenAI } = require("openai");
  return new OpenAI({ baseURL: `${address}/v1`, apiKey: "sk-test", maxRetries: 0 });
}

// The SDK's own loop.
async function chat() {
  const tool = { ...ABOUT, parameters: SCHEMA, parse: JSON.parse, function: weather };
  const runner = openai().chat.completions.runTools({
    model: "gpt-5.2",
    stream: streamed,
    messages: [{ role: "user", content: QUESTION }],
    tools: [{ type: "function", function: tool }],
  });
  return await runner.finalContent();
}

// The stream helper's items have a `parsed_arguments`, which the API refuses in a request. So the
// streamed talk goes on from the stored response, and the other one sends the items back.
async function responses() {
  const client = openai();
  const tools = [{ type: "function", ...ABOUT, parameters: SCHEMA, strict: false }];
  const ask = async (more) => {
    const body = { model: "gpt-5.2", tools, ...more };
    if (!streamed) return await client.responses.create(body);
    return await client.responses.stream(body).finalResponse();
  };
  const question = { role: "user", content: QUESTION };
  const first = await ask({ input: [question] });
  const calls = first.output.filter((item) => item.type === "function_call");
  const results = calls.map((call) => ({
    type: "function_call_output",
    call_id: call.call_id,
    output: weather(JSON.parse(call.arguments)),
  }));
  const second = streamed
    ? { previous_response_id: first.id, input: results }
    : { input: [question, ...first.output, ...results] };
  return (await ask(second)).output_text;
}

// The SDK's own loop.
async function claude() {
  const { Anthropic } = require("@anthropic-ai/sdk");
  const client = new Anthropic({ baseURL: address, apiKey: "sk-test", maxRetries: 0 });
  const runner = client.beta.messages.toolRunner({
    model: "claude-sonnet-5",
    max_tokens: 1000,
    stream: streamed,
    messages: [{ role: "user", content: QUESTION }],
    tools: [{ ...ABOUT, input_schema: SCHEMA, parse: (given) => given, run: weather }],
  });
  let last;
  for await (const turn of runner) last = streamed ? await turn.finalMessage() : turn;
  return last.content.map((block) => block.text ?? "").join("");
}

const text = await { chat, responses, claude }[api]();
console.log(JSON.stringify({ called, text }));
