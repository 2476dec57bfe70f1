// Loaded into Azurite before its own code (node --require). Two things that tests need, and nothing of how it answers.
'use strict';

// It ends with the tests, however they end: they hold the other end of its standard input.
process.stdin.on('end', () => process.exit(0)).on('error', () => process.exit(0)).resume();

// It keeps what it has confirmed, as Azure Storage does. By itself it writes its index down every 5 s, and a SIGKILL takes what came
// since. With this, an answer to a write waits until the index is on the disk.
if (process.env.MIYABI_AZURITE_DURABLE === '1') {
  const http = require('node:http');
  const path = require('node:path');
  const loki = require(require.resolve('lokijs', { paths: [path.dirname(process.argv[1])] }));

  const databases = new Set();
  const load = loki.prototype.loadDatabase;
  loki.prototype.loadDatabase = function (...given) {
    databases.add(this);
    return load.apply(this, given);
  };

  let saving = null; // the save under way
  let next = null; // the save after it, which everyone who comes meanwhile shares
  const save = () => {
    const done = Promise.all([...databases].map((database) => new Promise((resolve, reject) =>
      database.saveDatabase((error) => (error ? reject(error) : resolve())))));
    saving = done.finally(() => { saving = null; });
    return saving;
  };
  const saved = () => {
    if (!saving) return save();
    next ??= saving.catch(() => {}).then(() => { next = null; return save(); });
    return next;
  };

  const end = http.ServerResponse.prototype.end;
  http.ServerResponse.prototype.end = function (...given) {
    if (!['PUT', 'POST', 'DELETE'].includes(this.req?.method) || this.statusCode >= 300) return end.apply(this, given);
    saved().then(() => end.apply(this, given), (error) => { console.error(error); process.exit(1); });
    return this;
  };
}
