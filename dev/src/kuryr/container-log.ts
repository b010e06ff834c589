/**
 * What a container wrote, from the file that the kubelet keeps of it. Each line there is `time stream F|P text`, where
 * P marks a part of a line that goes on. Source: Kubernetes CRI, container log format.
 */
export function plainLog(file: string): string {
  let text = "";
  for (const line of file.split("\n")) {
    const match = /^\S+ (?:stdout|stderr) ([FP]) (.*)$/s.exec(line);
    if (match !== null) text += `${match[2] ?? ""}${match[1] === "F" ? "\n" : ""}`;
  }
  return text;
}
