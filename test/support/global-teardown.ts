import { dropTestCluster } from './test-cluster.js';

export default async function globalTeardown(): Promise<void> {
  await dropTestCluster();
}
