import { execFile } from "child_process";
import { Request, Response } from "express";

export function convert(req: Request, res: Response): void {
  const { file } = req.body;
  execFile("convert", ["--", file, "out.png"], () => res.send("ok"));
}
