import { type Resource } from '../resource.js';
import { subscriptionSchedules } from './schedule-type.js';

export const subscriptionScheduleResource: Resource = { types: [subscriptionSchedules], routes: [] };
