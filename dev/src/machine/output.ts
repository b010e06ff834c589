/**
 * Lets a program go on when nobody reads what it prints any more (`| head`): a stack that is half up, or a test run that
 * was ended in its middle, is worse than lines that nobody sees.
 */
export function goOnUnread(): void {
  const onError = (error: NodeJS.ErrnoException): void => {
    if (error.code !== "EPIPE") throw error;
  };
  process.stdout.on("error", onError);
  process.stderr.on("error", onError);
}
