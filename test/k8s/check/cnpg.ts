import { z } from 'zod'

/**
 * What we use of `Cluster` in postgresql.cnpg.io/v1 (CloudNativePG 1.25 and later), as its reference describes it. Fields that we do not use are
 * left out, and refused: whoever needs one adds it here.
 */
const quantity = z.string().regex(/^\d+(\.\d+)?(m|[EPTGMk]i?|Ki)?$/, 'must be a quantity')
const duration = z.int().min(0)
const resources = z.strictObject({
  requests: z.record(z.string(), quantity),
  limits: z.record(z.string(), quantity),
})
const storage = z.strictObject({
  size: quantity,
  storageClass: z.string().optional(),
  resizeInUseVolumes: z.boolean().optional(),
})

export const cluster = z.strictObject({
  apiVersion: z.literal('postgresql.cnpg.io/v1'),
  kind: z.literal('Cluster'),
  metadata: z.strictObject({
    name: z.string().max(50, 'must leave room for the names of its pods'),
    namespace: z.string(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.strictObject({
    instances: z.int().min(1),
    imageName: z.string(),
    primaryUpdateStrategy: z.enum(['unsupervised', 'supervised']).optional(),
    primaryUpdateMethod: z.enum(['restart', 'switchover']).optional(),
    bootstrap: z.strictObject({
      initdb: z.strictObject({
        database: z.string(),
        owner: z.string(),
        dataChecksums: z.boolean().optional(),
        encoding: z.string().optional(),
        localeCollate: z.string().optional(),
        localeCType: z.string().optional(),
        secret: z.strictObject({ name: z.string() }).optional(),
      }),
    }),
    postgresql: z
      .strictObject({
        parameters: z.record(z.string(), z.string()).optional(),
        synchronous: z
          .strictObject({
            method: z.enum(['any', 'first']),
            number: z.int().min(1),
            dataDurability: z.enum(['required', 'preferred']).optional(),
          })
          .optional(),
      })
      .optional(),
    storage,
    walStorage: storage.optional(),
    resources,
    affinity: z
      .strictObject({
        enablePodAntiAffinity: z.boolean().optional(),
        podAntiAffinityType: z.enum(['preferred', 'required']).optional(),
        topologyKey: z.string().optional(),
      })
      .optional(),
    seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }).optional(),
    enableSuperuserAccess: z.boolean().optional(),
    enablePDB: z.boolean().optional(),
    stopDelay: duration.optional(),
    smartShutdownTimeout: duration.optional(),
  }),
})
