export function Comment({ text }: { text: string }) {
  return <div>{text}</div>;
}
