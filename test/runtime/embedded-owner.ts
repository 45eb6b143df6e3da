import { startNats, startPostgres } from '../../cluster/runtime/embedded.ts'

// A process to be killed: it starts both servers in the folder it is given, and says where they are.
const [folder, kind] = process.argv.slice(2)
const persistent = kind === 'persistent'
const [postgres, nats] = await Promise.all([
  startPostgres({ dataDir: `${folder}/postgres`, persistent }),
  startNats({ storeDir: `${folder}/nats`, persistent }),
])
console.log(
  JSON.stringify({ msg: 'started', postgres: postgres.pid, nats: nats.pid, url: postgres.url, natsUrl: nats.url }),
)
setInterval(() => {}, 60_000)
