import { Column, Entity, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { User } from '../auth/user.entity.js';

/** How often a payer has failed lately, with what could be tried out on us: stolen cards and guessed codes. */
@Entity()
export class FailureCount {
  @PrimaryColumn({ type: 'integer' })
  userId!: number;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  user!: Relation<User>;

  /** Failures of the window, and tries that are under way. */
  @Column({ type: 'integer' })
  failures!: number;

  /** When counting begins anew, by PostgreSQL's clock. */
  @Column({ type: 'timestamptz' })
  windowEndsAt!: Date;
}
