import { type Cloud, type CloudOptions, connect } from "../cloud.ts";
import type { PasswordAuth } from "../identity/credentials.ts";
import { CloudServer, type CloudServerOptions, SECRETS } from "./cloud-server.ts";

/** The user that {@link CloudServer} knows. */
export function passwordAuth(url: string): PasswordAuth {
  return {
    type: "password",
    authUrl: `${url}/v3`,
    username: "kim",
    password: SECRETS.password,
    userDomainName: "Default",
    projectName: "blue",
    projectDomainName: "Default",
  };
}

/** Runs `work` with a server and a cloud connected to it, and cleans up. */
export async function withCloud(
  options: Partial<CloudOptions> & { readonly server?: CloudServerOptions },
  work: (server: CloudServer, cloud: Cloud) => Promise<void>,
): Promise<void> {
  const { server: serverOptions, ...cloudOptions } = options;
  const server = await CloudServer.start(serverOptions);
  const cloud = connect({ auth: passwordAuth(server.url), random: () => 0, ...cloudOptions });
  try {
    await work(server, cloud);
  } finally {
    cloud.close();
    await server.stop();
  }
}
